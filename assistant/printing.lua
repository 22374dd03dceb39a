-- A printed document fetches nothing and leads nowhere: of pictures and links their words stay.
function Image(element) return element.caption end
function Link(element) return element.content end
